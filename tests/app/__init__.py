"""The app as a whole: routes, roles, replays."""
