// SPDX-License-Identifier: Apache-2.0

import Cryptography
import Ledger

/// The page that lies in a folder of proofs.
enum StoryProofWords {
    static func readme(_ bundle: Digest, _ checkpoint: Checkpoint, first: Int) -> String {
        """
        The story of the change \(bundle)
        in the log \(checkpoint.origin), proven against its checkpoint of \(checkpoint.size) entries.

        index.json             what each file is
        checkpoint.note        the signed state of the log that every proof leads to
        entry-N.json           entry N, its exact bytes
        entry-N.tlog-proof     the proof that it stands at N (C2SP tlog-proof)
        artifact-HEX           what entries name: the bytes with that SHA-256

        You need the log's verifier key from somebody you trust (ledger vkey prints it); none lies here,
        as a key that comes with a proof proves nothing.

        With our program, all at once:

            countersign-airgap audit check-proof THIS-FOLDER --log-key log.vkey

        Without it, in this folder: the leaf hash that the proof is about, and an artifact's name

            (printf '\\0'; cat entry-\(first).json) | sha256sum
            sha256sum artifact-*

        and any reader of C2SP tlog-proof for entry-\(first).tlog-proof with that leaf hash and the key.

        What this proves: these entries stand in that log, in this order, and name these files. What it
        does not: that no other entry is about this change. For that, audit the whole ledger. This page is
        no part of the proof: whoever handed the folder on may have written what he likes here.

        """
    }
}
