"""Reading NIfTI files, DICOM series and zips into volumes in Hounsfield units, with refusals as sentences.

Also skull stripping and the payloads of voxels for a browser. The network's input is made in `network.preprocessing`.
"""
