"""Classes of gem5 by name; one that is in FAKE_M5_LACKS is not there, as in another version of gem5."""

import os

made = {}
ALL = 99  # instructions that every program executes
executed = 0
stops = []


def advance(instructions):
    """One more than asked for, where there are more. Whether that is not the end."""
    global executed
    executed = min(ALL, executed + instructions + 1)
    return executed < ALL

LACKS = os.environ.get("FAKE_M5_LACKS", "").split()


class _Anything:
    """A port, a list, a parameter: takes everything."""

    value = 0

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything()

    def __call__(self, *args, **kwargs):
        return _Anything()


class _SimObject:
    def __init__(self, *args, **kwargs):
        object.__setattr__(self, "given", {})
        made.setdefault(type(self).__name__, []).append(self)
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __setattr__(self, name, value):
        self.given[name] = value

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.given:
            return self.given[name]
        return 1 if name == "totalInsts" else _Anything()

    def totalInsts(self):
        return executed

    def scheduleInstStop(self, thread, instructions, cause):
        stops.append((instructions, cause))


class _Parameters:
    """Every CPU parameter by its name, but for those that no gem5 has."""

    def __contains__(self, name):
        return not name.startswith("no") and name != "instQueues"


class _Mapping:
    value = "RoRaBaCoCh"


def _class(name):
    body = {"_params": _Parameters()}
    if "_8x8" in name or "_1x" in name or "_2x" in name or "_4H" in name or "_16x4" in name or "_4x16" in name:
        body["addr_mapping"] = _Mapping()
    if name == "SEWorkload":
        body["init_compatible"] = staticmethod(lambda executable: _class(name)())
    if name == "AddrRange":
        body["start"] = 0
        body["size"] = lambda self: 2**31
        body["__init__"] = lambda self, *args, **kwargs: _SimObject.__init__(self)
    return type(name, (_SimObject,), body)


def __getattr__(name):
    # What only later versions have is told by its presence.
    if name.startswith("__") or name in LACKS or name in ("ConditionalPredictor", "IQUnit"):
        raise AttributeError(name)
    globals()[name] = made_class = _class(name)
    return made_class
