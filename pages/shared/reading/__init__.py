"""Reading: what the Read page asks of the server and what it sends, and the scripts of the form in the browser.

Rules are in `reader_study.study`, what is stored in `reader_study.store`; the scan beside the form is of `viewer`.
"""
