"""Why a warehouse is not opened or cannot go on, in sentences that name the file and the mend."""


class WarehouseBusy(Exception):
    """Another run has the file open; nothing was touched, and waiting mends it."""


class WarehouseUnusable(Exception):
    """The file is no warehouse of ours, is damaged, or cannot be written; waiting mends nothing."""


class WarehouseMissing(WarehouseUnusable):
    """There is no file to read."""
