"""Pictures and words for metrics: a frame goes in, a chart or a sentence comes out. Pages and notebooks share them.

Knows nothing of Streamlit.
"""
