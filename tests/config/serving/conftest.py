from tests.documents.conftest import blob_folder

__all__ = ["blob_folder"]
