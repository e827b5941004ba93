import logging

# Whoever starts the server imports pages before it runs, and Streamlit would say so for every cache of theirs.
logging.getLogger("streamlit.runtime.caching.cache_data_api").addFilter(lambda line: line.levelno > logging.WARNING)
