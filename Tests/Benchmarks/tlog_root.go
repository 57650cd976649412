// SPDX-License-Identifier: Apache-2.0

// The root of a log by Go's golang.org/x/mod/sumdb/tlog, from the entries' bytes in a row and their lengths, one a line.
//
//	tlog_root BYTES LENGTHS        prints the root in base64
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type hashes []tlog.Hash

func (h hashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = h[index]
	}
	return found, nil
}

func main() {
	entries, err := os.Open(os.Args[1])
	must(err)
	lengths, err := os.Open(os.Args[2])
	must(err)
	reader := bufio.NewReaderSize(entries, 1<<20)
	lines := bufio.NewScanner(lengths)
	var stored hashes
	var size int64
	buffer := make([]byte, 0, 1<<16)
	for lines.Scan() {
		length, err := strconv.Atoi(lines.Text())
		must(err)
		if length > cap(buffer) {
			buffer = make([]byte, 0, length)
		}
		entry := buffer[:length]
		_, err = io.ReadFull(reader, entry)
		must(err)
		more, err := tlog.StoredHashes(size, entry, stored)
		must(err)
		stored = append(stored, more...)
		size++
	}
	must(lines.Err())
	root, err := tlog.TreeHash(size, stored)
	must(err)
	fmt.Println(root)
}
