"""The market as a running thing: keys, verification, the journal, the sequencer, recovery, checking, proofs."""
