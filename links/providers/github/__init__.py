"""GitHub's answers: what is there, renamed, archived, idle or gone.

Repositories, what is in them, owners, topics and gists are asked about together. With a token, one
GraphQL query asks about fifty of them; a query that is too large for GitHub is split in halves.
Without a token, the REST API is asked about one repository or folder at a time, and the pages that
robots.txt allows are left to the page checker.
"""

from staycurrent.links.providers.github.check import check, is_left_to_page
from staycurrent.links.providers.github.names import claims

__all__ = ["check", "claims", "is_left_to_page"]
