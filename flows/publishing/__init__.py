"""Publishing through git and GitHub: the standing pull request, the dashboard, the history."""
