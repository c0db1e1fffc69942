"""What browser tests need: servers, people, studies."""
