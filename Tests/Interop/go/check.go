// SPDX-License-Identifier: Apache-2.0

// A published log and single proofs, checked with Go's own golang.org/x/mod/sumdb/{note,tlog}; and a log of Go's making, for us.
//
//	check published DIR VKEYS      every note, tile, entry, inclusion and consistency proof of a published log, whose notes are each by one
//	                               of these keys (lines; which of them was in force when is not looked at: the trust roots say it)
//	check proof VKEY PROOF ENTRY   one C2SP tlog-proof
//	check prove DIR VKEY OUT       proofs of every entry, made by Go from the tiles: OUT/N.tlog-proof and OUT/N.entry
//	check make OUT                 a log of Go's own: OUT/log.vkey, OUT/N.tlog-proof, OUT/N.entry
//	check cosigned VKEY NOTE WITNESS...  a note that the log and each of these witnesses signed (C2SP tlog-cosignature, Ed25519)
//	check witness NAME OUT         a witness's key: OUT.seed, OUT.der (its public key), OUT.vkey
//	check cosign NAME SEED NOTE TIME     that witness's line for the note's checkpoint
package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", what, err)
		os.Exit(1)
	}
}

func demand(holds bool, what string) {
	if !holds {
		must(fmt.Errorf("does not hold"), what)
	}
}

func index(n int64) string {
	path := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		path = fmt.Sprintf("x%03d/%s", n%1000, path)
	}
	return path
}

func part(width int) string {
	if width == 256 {
		return ""
	}
	return fmt.Sprintf(".p/%d", width)
}

// tiles reads a folder's tiles as C2SP tlog-tiles names them.
type tiles struct{ dir string }

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range want {
		data, err := os.ReadFile(filepath.Join(t.dir, fmt.Sprintf("tile/%d/%s%s", tile.L, index(tile.N), part(tile.W))))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// checkpoint opens a note that one of the log's keys signed, each in a line of its own, and gives the tree that it signs.
func checkpoint(data []byte, vkeys string) tlog.Tree {
	var known []note.Verifier
	for _, vkey := range strings.Fields(vkeys) {
		verifier, err := note.NewVerifier(vkey)
		must(err, "verifier key")
		known = append(known, verifier)
	}
	demand(len(known) > 0, "a verifier key")
	opened, err := note.Open(data, note.VerifierList(known...))
	must(err, "note")
	lines := strings.Split(opened.Text, "\n")
	demand(len(lines) == 4 && lines[0] == known[0].Name() && lines[3] == "", "checkpoint's lines")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "size")
	hash, err := tlog.ParseHash(lines[2])
	must(err, "root")
	return tlog.Tree{N: size, Hash: hash}
}

// bundles gives the parts of entry or checkpoint bundles up to a size.
func bundles(dir, kind string, size int64) [][]byte {
	var parts [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := 256
		if size-n*256 < 256 {
			width = int(size - n*256)
		}
		data, err := os.ReadFile(filepath.Join(dir, kind, index(n)+part(width)))
		must(err, kind)
		for len(data) > 0 {
			length := int(binary.BigEndian.Uint16(data))
			parts = append(parts, data[2:2+length])
			data = data[2+length:]
		}
	}
	return parts
}

func proofText(n int64, proof tlog.RecordProof, signed []byte) []byte {
	text := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", n)
	for _, hash := range proof {
		text += hash.String() + "\n"
	}
	return append([]byte(text+"\n"), signed...)
}

func published(dir, vkey, out string) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	must(err, "checkpoint")
	tree := checkpoint(signed, vkey)
	reader := tlog.TileHashReader(tree, tiles{dir})
	entries := bundles(dir, "tile/entries", tree.N)
	demand(int64(len(entries)) == tree.N, "number of entries")
	for n, entry := range entries {
		proof, err := tlog.ProveRecord(tree.N, int64(n), reader)
		must(err, "proving a record")
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, int64(n), tlog.RecordHash(entry)), "inclusion")
		if out != "" {
			must(os.WriteFile(filepath.Join(out, fmt.Sprintf("%d.tlog-proof", n)), proofText(int64(n), proof, signed), 0o644), "writing")
			must(os.WriteFile(filepath.Join(out, fmt.Sprintf("%d.entry", n)), entry, 0o644), "writing")
		}
	}
	notes := bundles(dir, "checkpoints", tree.N)
	for _, data := range notes {
		old := checkpoint(data, vkey)
		hash, err := tlog.TreeHash(old.N, reader)
		must(err, "root of an older tree")
		demand(hash == old.Hash, "root of an older tree")
		if old.N == tree.N {
			continue
		}
		proof, err := tlog.ProveTree(tree.N, old.N, reader)
		must(err, "proving a tree")
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash), "consistency")
	}
	fmt.Printf("%d entries, %d checkpoints\n", len(entries), len(notes))
}

func proof(vkey, file, entry string) {
	data, err := os.ReadFile(file)
	must(err, "proof")
	record, err := os.ReadFile(entry)
	must(err, "entry")
	head, signed, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	demand(found && lines[0] == "c2sp.org/tlog-proof@v1" && strings.HasPrefix(lines[1], "index "), "proof's form")
	n, err := strconv.ParseInt(lines[1][6:], 10, 64)
	must(err, "index")
	var hashes tlog.RecordProof
	for _, line := range lines[2:] {
		raw, err := base64.StdEncoding.DecodeString(line)
		must(err, "hash")
		var hash tlog.Hash
		demand(copy(hash[:], raw) == 32 && len(raw) == 32, "hash")
		hashes = append(hashes, hash)
	}
	tree := checkpoint([]byte(signed), vkey)
	must(tlog.CheckRecord(hashes, tree.N, tree.Hash, n, tlog.RecordHash(record)), "inclusion")
	fmt.Printf("entry %d of %d\n", n, tree.N)
}

func makeLog(out string) {
	skey, vkey, err := note.GenerateKey(rand.Reader, "go.example/log")
	must(err, "key")
	signer, err := note.NewSigner(skey)
	must(err, "signer")
	must(os.WriteFile(filepath.Join(out, "log.vkey"), []byte(vkey+"\n"), 0o644), "writing")
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(wanted []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, n := range wanted {
			hashes = append(hashes, stored[n])
		}
		return hashes, nil
	})
	const size = 21
	for n := int64(0); n < size; n++ {
		hashes, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("record %d", n)), reader)
		must(err, "storing")
		stored = append(stored, hashes...)
	}
	root, err := tlog.TreeHash(size, reader)
	must(err, "root")
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("go.example/log\n%d\n%s\n", size, root)}, signer)
	must(err, "signing")
	for n := int64(0); n < size; n++ {
		path, err := tlog.ProveRecord(size, n, reader)
		must(err, "proving")
		must(os.WriteFile(filepath.Join(out, fmt.Sprintf("%d.tlog-proof", n)), proofText(n, path, signed), 0o644), "writing")
		must(os.WriteFile(filepath.Join(out, fmt.Sprintf("%d.entry", n)), []byte(fmt.Sprintf("record %d", n)), 0o644), "writing")
	}
}

// witness is a cosigner of C2SP tlog-cosignature for sumdb/note: key type 0x04, and a signature that begins with its time.
type witness struct {
	name string
	key  ed25519.PublicKey
}

func (w witness) Name() string { return w.name }

func (w witness) KeyHash() uint32 {
	sum := sha256.Sum256(append([]byte(w.name+"\n\x04"), w.key...))
	return binary.BigEndian.Uint32(sum[:4])
}

// statement is what is signed: two lines, then the checkpoint's text.
func statement(seconds uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", seconds)), text...)
}

func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	return seconds > 0 && seconds < 1<<63 && ed25519.Verify(w.key, statement(seconds, text), signature[8:])
}

func (w witness) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", w.name, w.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{4}, w.key...)))
}

// newWitness reads a verifier key, as its text has it.
func newWitness(vkey string) witness {
	parts := strings.SplitN(strings.TrimSpace(vkey), "+", 3)
	demand(len(parts) == 3, "witness's verifier key")
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	must(err, "witness's verifier key")
	demand(len(raw) == 1+ed25519.PublicKeySize && raw[0] == 4, "witness's verifier key")
	found := witness{parts[0], ed25519.PublicKey(raw[1:])}
	demand(found.vkey() == strings.TrimSpace(vkey), "witness's key id")
	return found
}

func cosigned(vkey, file string, keys []string) {
	data, err := os.ReadFile(file)
	must(err, "note")
	log, err := note.NewVerifier(vkey)
	must(err, "verifier key")
	known := []note.Verifier{log}
	for _, key := range keys {
		known = append(known, newWitness(key))
	}
	opened, err := note.Open(data, note.VerifierList(known...))
	must(err, "note")
	demand(len(opened.Sigs) == len(known), fmt.Sprintf("%d of %d signatures", len(opened.Sigs), len(known)))
	fmt.Printf("%d signatures, %d unknown\n", len(opened.Sigs), len(opened.UnverifiedSigs))
}

func makeWitness(name, out string) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(err, "key")
	der, err := x509.MarshalPKIXPublicKey(public)
	must(err, "key")
	must(os.WriteFile(out+".seed", private.Seed(), 0o600), "writing")
	must(os.WriteFile(out+".der", der, 0o644), "writing")
	must(os.WriteFile(out+".vkey", []byte(witness{name, public}.vkey()+"\n"), 0o644), "writing")
}

func cosign(name, seed, file, at string) {
	raw, err := os.ReadFile(seed)
	must(err, "seed")
	key := ed25519.NewKeyFromSeed(raw)
	data, err := os.ReadFile(file)
	must(err, "note")
	text, _, found := strings.Cut(string(data), "\n\n")
	demand(found, "note")
	seconds, err := strconv.ParseUint(at, 10, 63)
	must(err, "time")
	w := witness{name, key.Public().(ed25519.PublicKey)}
	line := binary.BigEndian.AppendUint32(nil, w.KeyHash())
	line = binary.BigEndian.AppendUint64(line, seconds)
	line = append(line, ed25519.Sign(key, statement(seconds, []byte(text+"\n")))...)
	fmt.Printf("\u2014 %s %s\n", name, base64.StdEncoding.EncodeToString(line))
}

func main() {
	switch arguments := os.Args[1:]; {
	case len(arguments) == 3 && arguments[0] == "published":
		published(arguments[1], arguments[2], "")
	case len(arguments) == 4 && arguments[0] == "prove":
		published(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 4 && arguments[0] == "proof":
		proof(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 2 && arguments[0] == "make":
		makeLog(arguments[1])
	case len(arguments) >= 4 && arguments[0] == "cosigned":
		cosigned(arguments[1], arguments[2], arguments[3:])
	case len(arguments) == 3 && arguments[0] == "witness":
		makeWitness(arguments[1], arguments[2])
	case len(arguments) == 5 && arguments[0] == "cosign":
		cosign(arguments[1], arguments[2], arguments[3], arguments[4])
	default:
		fmt.Fprintln(os.Stderr, "see the head of this file")
		os.Exit(64)
	}
}
