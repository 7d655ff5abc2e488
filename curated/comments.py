"""The tags and comments of a document's raw HTML, as the parser sees them."""

from staycurrent.curated.markup import Inline, Markup
from staycurrent.curated.raw_html import Tag, is_comment, tag_of_piece, tags_of_block


def tags(markup: Markup) -> dict[int, Tag]:
    """Every tag and comment by the byte at which it begins, in order; those in code are none."""
    clean = markup.clean
    pieces = (piece for run in markup.runs for piece in run.pieces if piece.kind is Inline.HTML)
    found = [tag for piece in pieces if (tag := tag_of_piece(clean, piece)) is not None]
    found += [tag for block in markup.html for tag in tags_of_block(clean, block)]
    found.sort(key=lambda tag: tag.span)
    return {tag.span.start: tag for tag in found}


def comments(markup: Markup) -> tuple[Tag, ...]:
    """Every comment, in order."""
    return tuple(tag for tag in tags(markup).values() if is_comment(tag))
