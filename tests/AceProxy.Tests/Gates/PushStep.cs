using System.Net;
using System.Net.Sockets;
using AceProxy.Delivery;
using AceProxy.Delivery.Direct;
using AceProxy.LiveStreams;

namespace AceProxy.Tests.Gates;

/// <summary>Appends a chunk with followers on real connections whose other ends take everything.</summary>
internal sealed class PushStep : RingStep
{
    private readonly byte[] _sink = new byte[256 * 1024];
    private readonly List<Client> _clients = [];
    private readonly List<DirectClient> _followers = [];
    private readonly List<Socket> _servers = [];
    private readonly List<Socket> _peers = [];

    public PushStep(string name, double budget, int followers)
        : base(name, "chunk", budget)
    {
        var sender = new DirectSender(new DeliveryOptions { JoinBehind = TimeSpan.Zero, DirectSending = true });
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        for (int follower = 0; follower < followers; follower++)
        {
            var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            peer.Connect(listener.LocalEndPoint!);
            Socket server = listener.Accept();
            server.NoDelay = true;
            server.Blocking = false; // as Kestrel's are
            var client = new Client("127.0.0.1", "a benchmark", TimeProvider.System, CancellationToken.None);
            _peers.Add(peer);
            _servers.Add(server);
            _clients.Add(client);
            _followers.Add(sender.Join(client, server, Ring, Ring.Next));
            _ = _followers[^1].FollowAsync();
        }
    }

    public override int Units => 1;

    public override long Bytes => (long)Chunk.Length * _peers.Count;

    public override void Run() => Builder.Append(Chunk);

    /// <summary>Reads everything. A follower whose socket was full for once catches up by itself meanwhile, and the next chunk is pushed to it.</summary>
    public override void Between()
    {
        bool haveAll = SpinWait.SpinUntil(
            () =>
            {
                _peers.ForEach(Drain);
                return _followers.TrueForAll(follower => follower.Sequence == Ring.Next);
            },
            TimeSpan.FromSeconds(10));
        if (!haveAll)
        {
            throw new InvalidOperationException($"a follower was not sent chunk {Ring.Next - 1}");
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _clients.ForEach(client => client.Dispose());
        _servers.ForEach(socket => socket.Dispose());
        _peers.ForEach(socket => socket.Dispose());
    }

    private void Drain(Socket peer)
    {
        while (peer.Available > 0)
        {
            peer.Receive(_sink);
        }
    }
}
