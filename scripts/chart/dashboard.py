def the_dashboard_is_valid_and_its_metrics_exist(): pass
