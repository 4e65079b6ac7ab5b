internal import Foundation

/// Nil if the text is not base64 (RFC 4648, section 4).
package func decodeBase64(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
