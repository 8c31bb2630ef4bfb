using System.Buffers.Text;
using System.Diagnostics;
using System.Numerics;
using AceProxy.MpegTs;

namespace AceProxy.Buffering;

/// <summary>
/// A chunk lies in its slab as it goes over the wire in HTTP/1.1's chunked coding (RFC 9112, 7.1): its size in hex and CRLF before it, CRLF
/// behind it. Written once, it serves every client.
/// </summary>
internal static class ChunkFrame
{
    /// <summary>Room before the data: six hex digits and CRLF.</summary>
    public const int HeadRoom = 8;

    public const int Tail = 2;

    /// <summary>The most data that fits a region with its frame, in whole packets.</summary>
    public static int DataFor(int region) => (region - HeadRoom - Tail) / TsPacket.Size * TsPacket.Size;

    /// <param name="data">Where the data begins in the slab.</param>
    /// <returns>Where the frame begins.</returns>
    public static int Write(Span<byte> slab, int data, int length)
    {
        Debug.Assert(length is > 0 and < 1 << 24);
        int digits = (BitOperations.Log2((uint)length) / 4) + 1;
        int start = data - 2 - digits;
        bool isWritten = Utf8Formatter.TryFormat(length, slab.Slice(start, digits), out int written, new('X', (byte)digits));
        Debug.Assert(isWritten && written == digits);
        "\r\n"u8.CopyTo(slab[(data - 2)..]);
        "\r\n"u8.CopyTo(slab[(data + length)..]);
        return start;
    }
}
