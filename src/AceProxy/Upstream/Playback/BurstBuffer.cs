using System.Buffers;

namespace AceProxy.Upstream.Playback;

/// <summary>
/// What has been read of a body and not yet passed on. Engines send in bursts, which arrive in several reads: the last of one is known by the
/// next read's having to wait, and is passed on while it does.
/// </summary>
internal sealed class BurstBuffer(PacketFeed feed) : IDisposable
{
    /// <summary>Small enough that those of a hundred streams stay in the cores' caches; a larger burst is passed on in pieces, for the same chunks.</summary>
    private const int Size = 16 * 1024;

    /// <summary>Less room than that is not worth a read.</summary>
    private const int LeastRoom = 4 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Size);
    private int _done;
    private int _filled;
    private bool _isInBurst;

    /// <summary>Where the next read goes.</summary>
    public Memory<byte> Room => _buffer.AsMemory(_filled);

    /// <summary>So much has been read into <see cref="Room"/>. Not while a read is under way.</summary>
    /// <returns>Whether packets came to the feed: a full buffer is passed on before its burst is over.</returns>
    public bool Filled(int bytes)
    {
        _filled += bytes;
        _isInBurst |= bytes > 0;
        bool isFull = _buffer.Length - _filled < LeastRoom;
        if (isFull)
        {
            PassOn();
        }

        _buffer.AsSpan(_done, _filled - _done).CopyTo(_buffer);
        (_done, _filled) = (0, _filled - _done);
        return isFull && feed.IsAligned;
    }

    /// <summary>Nothing more is there for now. May be called while a read is under way: it does not touch the room.</summary>
    /// <returns>Whether packets came to the feed.</returns>
    public bool BurstIsOver()
    {
        if (!_isInBurst)
        {
            return false;
        }

        _isInBurst = false;
        PassOn();
        feed.EndOfBurst();
        return feed.IsAligned;
    }

    /// <summary>Passes on what is there, and says what is left: a part of a packet, or of the proof of one. Not while a read is under way.</summary>
    public ReadOnlySpan<byte> Flush()
    {
        PassOn();
        return _buffer.AsSpan(_done, _filled - _done);
    }

    /// <summary>Keeps the whole packets of what is left, and ends the connection for the feed.</summary>
    public void EndOfConnection()
    {
        feed.EndOfConnection(Flush());
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void PassOn() => _done += feed.Write(_buffer.AsSpan(_done, _filled - _done));
}
