"""Helpers of the browser tests: servers, people's actions, studies."""
