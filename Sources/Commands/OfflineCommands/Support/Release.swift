// SPDX-License-Identifier: Apache-2.0

/// What this program calls itself in ledgers and on the screen.
public enum Release {
    public static let version = "0.1.0"
    public static let tool = "countersign/\(version)"
}
