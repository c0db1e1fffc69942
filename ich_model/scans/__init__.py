"""From files to a volume in Hounsfield units, or one sentence that says why not: NIfTI, DICOM, zips; skull stripping.

Also what a browser is sent of a volume. What a network sees of it is in `network.preprocessing`.
"""
