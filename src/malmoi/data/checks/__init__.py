"""What `malmoi data check` looks for: one file for each question."""

from malmoi.data.checks.overlap import OverlapReport, check_overlap
from malmoi.data.checks.report import DataReport, check_dataset

__all__ = ["DataReport", "OverlapReport", "check_dataset", "check_overlap"]
