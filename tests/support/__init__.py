"""What tests lean on and no test is: a PostgreSQL server of their own, the browser, the mail server."""
