"""The vectors of the texts that the last choice of candidates compared (`candidates.semantic`)."""

from staycurrent.sources.relevance.semantic import TextId, Vectors
from staycurrent.warehouse.open import Warehouse

_DELETE_OTHERS = "DELETE FROM text_vectors WHERE id NOT IN (SELECT unnest(?::UBIGINT[]))"


def load(warehouse: Warehouse) -> Vectors:
    """Return what is stored."""
    rows = warehouse.select("SELECT id, vector FROM text_vectors")
    return Vectors({TextId(text_id): bytes(vector) for text_id, vector in rows})


def save(warehouse: Warehouse, vectors: Vectors) -> None:
    """Store the vectors that were used, and delete all others."""
    with warehouse.transaction():
        stored = {text_id for (text_id,) in warehouse.select("SELECT id FROM text_vectors")}
        warehouse.execute(_DELETE_OTHERS, sorted(vectors.used))
        new = sorted(vectors.used - stored)
        warehouse.append("text_vectors", [(text_id, vectors.known[text_id]) for text_id in new])
