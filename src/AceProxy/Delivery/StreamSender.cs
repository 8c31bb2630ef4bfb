using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using AceProxy.Buffering;
using AceProxy.Delivery.Direct;
using AceProxy.LiveStreams;

namespace AceProxy.Delivery;

/// <summary>
/// Sends one client the ring from its start on, at its own pace: what begins in mid-chunk through the response's writer, and the whole
/// chunks that follow past it where the connection allows.
/// </summary>
internal sealed class StreamSender(StreamStarter starter, DirectSender direct, DeliveryMetrics metrics)
{
    /// <param name="socket">The response's socket, if it may be sent to directly.</param>
    /// <returns>When the stream has ended and everything was sent, or the client has gone.</returns>
    /// <exception cref="OperationCanceledException">The client was ended.</exception>
    public async Task SendAsync(Client client, ChunkRing ring, StreamStart start, PipeWriter writer, Socket? socket)
    {
        RingPosition position = start.Position;
        ReadOnlyMemory<byte> preamble = start.Preamble;
        while (true)
        {
            client.Next = position.Sequence;
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
                    metrics.Jumped();
                    start = starter.Jump(ring);
                    (position, preamble) = (start.Position, start.Preamble);
                    continue;
            }

            if (!await WriteAsync(client, chunk!, position.Offset, preamble, writer))
            {
                return;
            }

            preamble = default;
            position = new RingPosition(position.Sequence + 1, 0);

            // Everything written so far has reached the socket, so its next bytes may be ours.
            if (socket is not null)
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

    /// <returns>False when the connection is gone.</returns>
    private static async ValueTask<bool> WriteAsync(
        Client client, Chunk chunk, int offset, ReadOnlyMemory<byte> preamble, PipeWriter writer)
    {
        try
        {
            client.Sending();
            writer.Write(preamble.Span);
            FlushResult result = await writer.WriteAsync(chunk.Data[offset..], client.Ended);
            client.Accepted(preamble.Length + chunk.Length - offset);
            return result is { IsCompleted: false, IsCanceled: false };
        }
        finally
        {
            chunk.Release();
        }
    }
}
