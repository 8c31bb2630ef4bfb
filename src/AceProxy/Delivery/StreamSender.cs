using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.Delivery.Direct;
using AceProxy.LiveStreams;
using AceProxy.MpegTs;

namespace AceProxy.Delivery;

/// <summary>
/// Sends one client the ring from its start on, at its own pace: what begins in mid-chunk through the response's writer, and the whole
/// chunks that follow past it where the connection allows.
/// </summary>
/// <remarks>
/// Bytes are copied into the response's pipe while the chunk is held and flushed when it is not: a client that does not read holds its
/// pipe (64 KiB by Kestrel's default) and nothing of the ring.
/// </remarks>
internal sealed class StreamSender(StreamStarter starter, DirectSender direct)
{
    /// <summary>A client that keeps up gets a whole chunk at once; one that does not, pieces small enough to show that it moves at all.</summary>
    private const int LaggingPiece = 16 * 1024 / TsPacket.Size * TsPacket.Size;

    /// <param name="socket">The response's socket, if it may be sent to directly.</param>
    /// <returns>When the stream has ended and everything was sent, or the client has gone.</returns>
    /// <exception cref="OperationCanceledException">The client was ended.</exception>
    public async Task SendAsync(Client client, ChunkRing ring, StreamStart start, PipeWriter writer, Socket? socket)
    {
        RingPosition position = start.Position;
        ReadOnlyMemory<byte> preamble = start.Preamble;
        bool isLagging = false;
        while (true)
        {
            Task changed = ring.Changed; // before looking: what comes afterwards completes it
            bool isCompleted = ring.IsCompleted;
            switch (ring.TryAcquire(position.Sequence, out Chunk? chunk))
            {
                case ChunkRead.NotYet when isCompleted:
                    return;

                case ChunkRead.NotYet:
                    await changed.WaitAsync(client.Ended);
                    continue;

                case ChunkRead.Lapsed when isCompleted && ring.Oldest == ring.Next:
                    return; // emptied for good: there is nowhere to jump to

                case ChunkRead.Lapsed:
                    client.Jumped();
                    start = starter.Jump(ring);
                    (position, preamble) = (start.Position, start.Preamble);
                    continue;
            }

            int sent = Copy(chunk!, ref position, preamble.Span, isLagging ? LaggingPiece : int.MaxValue, writer);
            preamble = default;
            client.Sending();
            ValueTask<FlushResult> flush = writer.FlushAsync(client.Ended);
            isLagging = !flush.IsCompleted;
            FlushResult result = await flush;
            client.Accepted(sent);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }

            // Everything written so far has reached the socket, so its next bytes may be ours.
            if (socket is not null && position.Offset == 0)
            {
                DirectClient follower = direct.Join(client, socket, ring, position.Sequence);
                DirectEnd end = await follower.FollowAsync();
                if (end == DirectEnd.Completed)
                {
                    return;
                }

                if (end == DirectEnd.Gone)
                {
                    client.IsCutOff |= follower.IsInMidFrame;
                    throw new OperationCanceledException();
                }

                position = new RingPosition(follower.Sequence, 0);
            }
        }
    }

    private static int Copy(Chunk chunk, ref RingPosition position, ReadOnlySpan<byte> preamble, int most, PipeWriter writer)
    {
        ReadOnlySpan<byte> bytes = chunk.Bytes[position.Offset..];
        if (bytes.Length > most)
        {
            bytes = bytes[..most];
            position = position with { Offset = position.Offset + most };
        }
        else
        {
            position = new RingPosition(position.Sequence + 1, 0);
        }

        writer.Write(preamble);
        writer.Write(bytes);
        chunk.Release();
        return preamble.Length + bytes.Length;
    }
}
