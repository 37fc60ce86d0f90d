"""A process that changes one measure again and again: reads it, adds one, saves; told of a stale read, it tries again.

`python -m tests.support.adder DATABASE_URL DATA_DIR MEASURE_ID TIMES`
"""

import sys
from decimal import Decimal
from pathlib import Path

from sqlalchemy.orm.exc import StaleDataError

from rectify import models
from rectify.factory import create_app
from rectify.models import db
from rectify.settings import Settings


def main(url: str, folder: str, measure_id: int, times: int) -> None:
    app = create_app(Settings(data_dir=Path(folder), database_url=url, scheduler=False))
    stale = 0
    for _ in range(times):
        while True:
            with app.app_context():
                measure = db.session.get_one(models.Measure, measure_id)
                measure.target_quantity = (measure.target_quantity or Decimal(0)) + 1
                try:
                    db.session.commit()
                    break
                except StaleDataError:
                    db.session.rollback()
                    stale += 1
    print(stale)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
