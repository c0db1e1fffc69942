"""What the pages share: the app's frame, routes, security and what all draw on; a folder for each screen's parts.

Nothing that could be asked without a screen belongs here: rules and numbers are in `reader_study`, networks in
`ich_model`.
"""
