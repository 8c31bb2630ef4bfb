using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.LiveStreams;

namespace AceProxy.Delivery.Direct;

/// <summary>
/// One client's way past the response writer. While it keeps up it is one of the <see cref="FanOut"/>'s followers, sent to by whoever
/// publishes a chunk; when its socket takes no more it catches up by itself, with asynchronous sends, and then follows again.
/// </summary>
/// <remarks>
/// Who may send is told by the state: the publisher while it has moved it from following to sending, the catching-up while it is that. Both
/// give it back before anybody else gets it, and <see cref="Leave"/> waits for that.
/// </remarks>
internal sealed class DirectClient : IRingFollower
{
    /// <summary>What a lagging client is sent at a time: small enough to show that it moves at all.</summary>
    private const int LaggingPiece = 16 * 1024;

    private const int Following = 0;
    private const int Sending = 1;
    private const int CatchingUp = 2;
    private const int Left = 3;

    private readonly Client _client;
    private readonly Socket _socket;
    private readonly SafeSocketHandle _handle;
    private readonly ChunkRing _ring;
    private readonly TaskCompletionSource<DirectEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = CatchingUp;
    private int _offset;

    public DirectClient(Client client, Socket socket, ChunkRing ring, long sequence)
    {
        (_client, _socket, _ring, Sequence) = (client, socket, ring, sequence);
        _handle = socket.SafeHandle;
    }

    public long Sequence
    {
        get => _client.Next;
        private set => _client.Next = value;
    }

    /// <summary>A chunk's frame has been sent in part: nothing else can be said on this connection any more.</summary>
    public bool IsInMidFrame => _offset > 0;

    /// <summary>Follows the ring until it cannot or need not go on.</summary>
    public async Task<DirectEnd> FollowAsync()
    {
        using CancellationTokenRegistration leave = _client.Ended.UnsafeRegister(static self => ((DirectClient)self!).Leave(), this);
        _ = CatchUpAsync();
        return await _end.Task;
    }

    public bool Push(Chunk newest, bool inPlace)
    {
        if (Interlocked.CompareExchange(ref _state, Sending, Following) != Following)
        {
            return false;
        }

        bool isHeld = false;
        try
        {
            _handle.DangerousAddRef(ref isHeld);
            int descriptor = (int)_handle.DangerousGetHandle();
            while (Sequence <= newest.Sequence)
            {
                int sent = Sequence == newest.Sequence
                    ? Send(descriptor, newest, inPlace)
                    : SendOlder(descriptor, inPlace);
                if (sent == DirectSocket.WouldBlock)
                {
                    Volatile.Write(ref _state, CatchingUp);
                    _ = CatchUpAsync();
                    return false;
                }

                if (sent == DirectSocket.Broken)
                {
                    return Finish(DirectEnd.Gone);
                }
            }
        }
        catch (ObjectDisposedException)
        {
            return Finish(DirectEnd.Gone); // the server has closed the connection in the meantime
        }
        finally
        {
            if (isHeld)
            {
                _handle.DangerousRelease();
            }
        }

        if (_ring.IsCompleted && Sequence >= _ring.Next)
        {
            return Finish(DirectEnd.Completed);
        }

        Volatile.Write(ref _state, Following);
        return true;
    }

    public void Complete()
    {
        if (Interlocked.CompareExchange(ref _state, Sending, Following) == Following)
        {
            Finish(Sequence >= _ring.Next ? DirectEnd.Completed : DirectEnd.Lapsed);
        }
    }

    private int SendOlder(int descriptor, bool inPlace)
    {
        if (_ring.TryAcquire(Sequence, out Chunk? chunk) != ChunkRead.Acquired)
        {
            return DirectSocket.WouldBlock; // lapsed: catching up finds that out
        }

        if (inPlace)
        {
            chunk!.Slab.IsSentInPlace = true;
        }

        int sent = Send(descriptor, chunk!, inPlace);
        chunk!.Release();
        return sent;
    }

    private int Send(int descriptor, Chunk chunk, bool inPlace)
    {
        while (_offset < chunk.FramedLength)
        {
            int sent = DirectSocket.Send(descriptor, chunk, _offset, inPlace);
            if (sent < 0)
            {
                return sent;
            }

            _offset += sent;
        }

        Accepted(chunk);
        return 0;
    }

    private void Accepted(Chunk chunk)
    {
        _offset = 0;
        Sequence++;
        _client.Accepted(chunk.Length);
    }

    private async Task CatchUpAsync()
    {
        try
        {
            while (true)
            {
                bool isCompleted = _ring.IsCompleted; // before looking: what was appended before is seen then
                switch (_ring.TryAcquire(Sequence, out Chunk? chunk))
                {
                    case ChunkRead.Acquired:
                        await SendAsync(chunk!);
                        continue;
                    case ChunkRead.Lapsed:
                        // A chunk that was pushed in part may be gone before the rest of it could be sent: then nothing else can be.
                        Finish(IsInMidFrame ? DirectEnd.Gone : DirectEnd.Lapsed);
                        return;
                    case ChunkRead.NotYet when isCompleted:
                        Finish(DirectEnd.Completed);
                        return;
                    default:
                        Interlocked.Exchange(ref _state, Following);
                        if (_client.Ended.IsCancellationRequested)
                        {
                            Leave(); // it may have been ended while this was no business of Leave's
                            return;
                        }

                        _ring.FanOut.Add(this);
                        return;
                }
            }
        }
        catch
        {
            Finish(DirectEnd.Gone); // whatever it was: nobody awaits this, and somebody awaits the end
        }
    }

    private async ValueTask SendAsync(Chunk chunk)
    {
        try
        {
            while (_offset < chunk.FramedLength)
            {
                _client.Sending();
                ReadOnlyMemory<byte> rest = chunk.Framed[_offset..];
                _offset += await _socket.SendAsync(
                    rest.Length > LaggingPiece ? rest[..LaggingPiece] : rest, SocketFlags.None, _client.Ended);
                _client.Accepted(0);
            }

            Accepted(chunk);
        }
        finally
        {
            chunk.Release();
        }
    }

    /// <summary>The client hung up or was ended.</summary>
    private void Leave()
    {
        var spin = new SpinWait();
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref _state, Left, Following);
            if (seen == Following)
            {
                _end.TrySetResult(DirectEnd.Gone);
                return;
            }

            if (seen != Sending)
            {
                return; // left already; or catching up, which the same token ends
            }

            spin.SpinOnce();
        }
    }

    private bool Finish(DirectEnd end)
    {
        Volatile.Write(ref _state, Left);
        _end.TrySetResult(end);
        return false;
    }
}
