"""Parts of the benchmark `reading`: readers at the Read page of two versions of the app, served side by side."""
