"""The graph server (Neo4j, or another that speaks Bolt): every Cypher statement of Qloom is in here."""
