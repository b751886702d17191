"""Settings of the whole suite."""

import os

import hypothesis

# nobody's speed decides a test, and a failure comes back at the next run
hypothesis.settings.register_profile("skhpo", deadline=None, derandomize=True)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "skhpo"))


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the tests marked slow, and no other")


def pytest_collection_modifyitems(config, items):
    slow = config.getoption("--slow")
    kept = [item for item in items if ("slow" in item.keywords) == slow]
    dropped = [item for item in items if ("slow" in item.keywords) != slow]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept
