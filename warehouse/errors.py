"""Why a warehouse cannot be opened or used."""


class WarehouseBusy(Exception):
    """Another run has the file open; try again later."""


class WarehouseUnusable(Exception):
    """The file is not a warehouse, is damaged, or cannot be written; waiting does not help."""


class WarehouseMissing(WarehouseUnusable):
    """There is no file to read."""
