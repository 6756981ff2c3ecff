enum TrellisSeed {}
