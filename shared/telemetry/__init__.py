"""What operators see: JSON logs with correlation ids and masked phone numbers, metrics of bounded size."""
