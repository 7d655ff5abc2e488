"""One standing pull request: what it proposes, what people said in it, and GitHub's side of it."""
