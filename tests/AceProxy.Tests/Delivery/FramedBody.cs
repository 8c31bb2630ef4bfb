namespace AceProxy.Tests.Delivery;

/// <summary>Takes a body in HTTP/1.1's chunked coding apart, byte by byte, and lets nothing pass that RFC 9112, 7.1 does not say.</summary>
/// <param name="received">Takes the data, in pieces of any length.</param>
internal sealed class FramedBody(FramedBody.Receiver received)
{
    private int _size;
    private int _digits;
    private int _left;
    private State _state = State.Size;

    public delegate void Receiver(ReadOnlySpan<byte> data);

    private enum State
    {
        Size,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        LastReturn,
        LastLineFeed,
        Over,
    }

    /// <summary>Bytes of data.</summary>
    public long Bytes { get; private set; }

    /// <summary>Complete chunks, the last, empty one not counted.</summary>
    public long Chunks { get; private set; }

    public int LargestChunk { get; private set; }

    /// <summary>The last, empty chunk has come.</summary>
    public bool IsOver => _state == State.Over;

    /// <returns>How many bytes belong to the body; what follows its end does not.</returns>
    public int Add(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        while (at < bytes.Length && !IsOver)
        {
            if (_state == State.Data)
            {
                int take = Math.Min(_left, bytes.Length - at);
                received(bytes.Slice(at, take));
                (Bytes, _left, at) = (Bytes + take, _left - take, at + take);
                _state = _left == 0 ? State.DataReturn : State.Data;
            }
            else
            {
                _state = Next(bytes[at++]);
            }
        }

        return at;
    }

    private State Next(byte next)
    {
        switch (_state)
        {
            case State.Size when next != '\r':
                Assert.True(char.IsAsciiHexDigit((char)next), $"0x{next:x2} in a chunk's size, after {Chunks} chunks and {Bytes} bytes");
                _size = (_size * 16) + Convert.ToInt32(((char)next).ToString(), 16);
                Assert.InRange(++_digits, 1, 6);
                return State.Size;

            case State.Size:
                Assert.InRange(_digits, 1, 6);
                return State.SizeLineFeed;

            case State.SizeLineFeed:
                Expect('\n', next);
                (_left, _digits, LargestChunk) = (_size, 0, Math.Max(LargestChunk, _size));
                _size = 0;
                return _left == 0 ? State.LastReturn : State.Data;

            case State.DataReturn:
                Expect('\r', next);
                return State.DataLineFeed;

            case State.DataLineFeed:
                Expect('\n', next);
                Chunks++;
                return State.Size;

            case State.LastReturn:
                Expect('\r', next);
                return State.LastLineFeed;

            default:
                Expect('\n', next);
                return State.Over;
        }
    }

    private void Expect(char expected, byte actual) =>
        Assert.True(expected == actual, $"0x{actual:x2} instead of 0x{(int)expected:x2}, after {Chunks} chunks and {Bytes} bytes");
}
