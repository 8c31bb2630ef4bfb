using System.Net;
using System.Text.Json;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Operations;

/// <summary>A reader of <c>/api/events</c>, as a browser is one: ids, kinds and data.</summary>
internal sealed class EventReader : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventReader(HttpResponseMessage response, StreamReader lines, string lastId) => (_response, _lines, LastId) = (response, lines, lastId);

    /// <summary>What is sent with the next connection.</summary>
    public string LastId { get; private set; }

    /// <param name="query">Such as <c>kind=gap</c>.</param>
    public static async Task<EventReader> OpenAsync(HttpClient client, string lastId = "", string query = "")
    {
        using CancellationTokenSource net = SafetyNet.Start();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/events?{query}");
        if (lastId.Length > 0)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, net.Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var reader = new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync(net.Token)), lastId);
        while (await reader._lines.ReadLineAsync(net.Token) is { Length: > 0 })
        {
            // It begins with a comment and the time to wait before coming back.
        }

        return reader;
    }

    /// <summary>The next event; fails when the response ends.</summary>
    public async Task<JsonElement> NextAsync()
    {
        using CancellationTokenSource net = SafetyNet.Start();
        string data = "", kind = "";
        while (await _lines.ReadLineAsync(net.Token) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["id", var id]:
                    LastId = id;
                    break;
                case ["event", var name]:
                    kind = name;
                    break;
                case ["data", var json]:
                    data = json;
                    break;
                case [""] when data.Length > 0:
                    JsonElement element = JsonElement.Parse(data);
                    Assert.Equal(kind, element.GetProperty("kind").GetString());
                    return element;
            }
        }

        throw new IOException("the events ended");
    }

    /// <summary>The next of this kind, and of this worker if one is named.</summary>
    public async Task<JsonElement> NextAsync(string kind, string? worker = null)
    {
        while (true)
        {
            JsonElement one = await NextAsync();
            if (one.GetProperty("kind").GetString() == kind && (worker is null || one.GetProperty("worker").GetString() == worker))
            {
                return one;
            }
        }
    }

    public void Dispose()
    {
        _lines.Dispose();
        _response.Dispose();
    }
}
