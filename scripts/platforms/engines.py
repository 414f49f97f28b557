# The k nearest rows by an engine that Python has, exactly: `engines.py REQUEST.json`, with the engine, its name for the
# measure, k, and the files of stored rows and probes. Prints pairs of row and number for each probe as JSON.
import json
import os
import sys
import tempfile

import numpy as np

asked = json.load(open(sys.argv[1]))
stored, probes = np.load(asked["stored"]), np.load(asked["probes"])
k, measure = asked["k"], asked["measure"]


def by_faiss():
    import faiss

    index = faiss.IndexFlat(stored.shape[1], getattr(faiss, measure))
    index.add(stored)
    values, rows = index.search(probes, k)
    return [list(zip(r.tolist(), v.tolist())) for r, v in zip(rows, values)]


def by_qdrant():
    from qdrant_client import QdrantClient, models

    client = QdrantClient(":memory:")
    size = models.VectorParams(size=stored.shape[1], distance=models.Distance(measure))
    client.create_collection("rows", vectors_config=size)
    # In memory its search is exact by itself.
    client.upload_collection("rows", vectors=stored, ids=range(len(stored)))
    asks = [client.query_points("rows", query=probe.tolist(), limit=k) for probe in probes]
    return [[(hit.id, hit.score) for hit in one.points] for one in asks]


def by_milvus():
    from pymilvus import DataType, MilvusClient

    with tempfile.TemporaryDirectory() as folder:
        client = MilvusClient(os.path.join(folder, "rows.db"))
        schema = client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=stored.shape[1])
        index = client.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type=measure)
        client.create_collection("rows", schema=schema, index_params=index)
        data = [{"id": i, "vector": row.tolist()} for i, row in enumerate(stored)]
        client.insert("rows", data)
        asks = {"metric_type": measure}
        hits = client.search("rows", data=probes.tolist(), limit=k, search_params=asks)
        return [[(hit["id"], hit["distance"]) for hit in one] for one in hits]


print(json.dumps({"faiss": by_faiss, "qdrant": by_qdrant, "milvus": by_milvus}[asked["engine"]]()))
