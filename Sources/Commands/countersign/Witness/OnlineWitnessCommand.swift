// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CommandSupport
import HTTPServing
import OfflineCommands
import StrictFormats

/// `witness` with `serve`: what the air-gapped program has, and a door to the network.
struct OnlineWitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness", abstract: WitnessCommand.configuration.abstract, discussion: WitnessCommand.configuration.discussion,
        subcommands: WitnessCommand.configuration.subcommands + [Serve.self])

    struct Serve: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve", abstract: "Answer requests over HTTP, as C2SP tlog-witness says, until it is stopped.",
            discussion:
                "POST /add-checkpoint, and GET /HASH/checkpoint for monitors. One line a request\non standard error. Exit 69: the port is taken.\nExample:\n  countersign witness serve --listen 127.0.0.1:8080 --key w1 \\\n    --name witness.example.com/w1 --state w1-state --log-key log.vkey"
        )

        @Option(help: ArgumentHelp("The IP address and port to listen on; port 0 takes a free one.", valueName: "host:port")) var listen: String
        @OptionGroup var options: WitnessOptions

        func run() throws {
            let address = try ListenAddress(listen)
            let witness = try options.witness()
            let server = WitnessServer(witness: witness, remark: options.newMemory(witness)) { Console.note($0) }
            try server.run(address)
        }
    }
}
