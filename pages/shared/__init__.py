"""What the pages share: the main script, resources, routes, the viewer and the forms."""
