"""The CT viewer: a component whose scripts draw slices, maps and measurements in the browser.

`drawing` puts pixels on the screen, `tools` is what a hand does. The form beside it is in `reading`.
"""
