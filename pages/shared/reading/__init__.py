"""The Read page: where a reader stands, the form in the browser, and the routes that keep its drafts and lock reads."""
