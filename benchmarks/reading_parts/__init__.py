"""A reader at the Read page of two versions of the app, served side by side."""
