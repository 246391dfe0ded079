"""Several communities of one city over rounds: what each session begins from follows from what happened before."""
