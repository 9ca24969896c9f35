"""Where events come from: one file per source; see pipeline.ports.Source."""
