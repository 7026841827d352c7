"""The agreement between brand and dealer: published, told, compared, signed, put on paper."""
