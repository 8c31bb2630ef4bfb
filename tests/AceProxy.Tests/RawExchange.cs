using System.Net.Sockets;
using System.Text;

namespace AceProxy.Tests;

/// <summary>One request and the connection to answer it on; the connection closes when the answer's task ends.</summary>
internal sealed class RawExchange(RawRequest request, NetworkStream connection, CancellationToken stopping)
{
    public RawRequest Request { get; } = request;

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public Task WriteAsync(byte[] bytes) => connection.WriteAsync(bytes, stopping).AsTask();

    /// <summary>A well-formed 200 with a length.</summary>
    public Task ReplyAsync(string body, string type = "application/json")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        return ReplyAsync(bytes, type);
    }

    public async Task ReplyAsync(byte[] body, string type = "application/json")
    {
        await WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n");
        await WriteAsync(body);
    }

    /// <summary>Ends the connection with an RST.</summary>
    public void Reset() => connection.Socket.Close(0);

    /// <summary>Keeps the connection open until the client closes it.</summary>
    public async Task HoldAsync()
    {
        byte[] buffer = new byte[256];
        while (await connection.ReadAsync(buffer, stopping) > 0)
        {
        }
    }
}
