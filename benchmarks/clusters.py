"""Two workers on a backend of joblib: dask and ray get a cluster of their own on this machine."""

import logging
import os
from contextlib import contextmanager

import joblib

BACKENDS = ("loky", "multiprocessing", "threading", "dask", "ray")


def installed(backend):
    """Whether the packages are there that a backend needs."""
    from importlib.util import find_spec

    return find_spec({"dask": "distributed", "ray": "ray"}.get(backend, "joblib")) is not None


@contextmanager
def two_workers(backend):
    """joblib's configuration within which a search has two workers; gives the dask cluster."""
    if backend == "dask":
        from distributed import Client, LocalCluster

        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
        with LocalCluster(host="127.0.0.1", **options) as cluster, Client(cluster):
            with joblib.parallel_config(backend="dask"):
                yield cluster
        return
    if backend == "ray":
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")
        import ray
        from ray.util.joblib import register_ray

        ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        register_ray()
    try:
        with joblib.parallel_config(backend=backend, n_jobs=2):
            yield None
    finally:
        if backend == "ray":
            ray.shutdown()
