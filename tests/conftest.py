"""What holds for every test: no deadline per generated example, for the machine may be busy."""

from hypothesis import settings

settings.register_profile("staycurrent", deadline=None, print_blob=True)
settings.load_profile("staycurrent")
