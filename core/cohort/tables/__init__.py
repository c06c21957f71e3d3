"""Tables of many people, labels and event logs -> one cohort."""
