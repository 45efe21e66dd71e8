"""A corpus as memory-mapped token ids: built once from text files larger than memory, read by every pretraining run.

tokens.bin     uint16 (uint32 from a vocabulary of 65,536 on), one document behind another, without special tokens
documents.bin  uint64, the first token of every document, then the number of tokens
sentences.bin  uint64, the first token of every sentence, then the number of tokens; only where sentences were split
tokenizer/     what made them
meta.json      counts and what the ids depend on; written last: a folder without it is not finished
"""
