/* The limit: one write() a viewer and packet, and nothing else that a broker does. Prints its ports; a line on its input is
 * what all viewers get as the payload. Whatever a viewer sends is answered as if it had been a CONNECT and a SUBSCRIBE. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define VIEWERS_MAX 20000
#define LINE_MAX_BYTES 4096
#define TOPIC "roar/final/mood"

/* Frames of two bytes' head hold what is shorter than 126 bytes, those of four what is longer. RFC 6455, section 5.2. */
static const char UPGRADED[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";
static const unsigned char ANSWER[] = {0x82, 9, 0x20, 2, 0, 0, 0x90, 3, 0, 1, 0};

static int viewers[VIEWERS_MAX];
static char framed[VIEWERS_MAX];
static int count;

static int open_listener(int epoll, int *port) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) return -1;
  getsockname(listener, (struct sockaddr *)&address, &size);
  *port = ntohs(address.sin_port);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  return listener;
}

static void take(int epoll, int listener, int is_framed) {
  int viewer = accept(listener, NULL, NULL), on = 1;
  if (viewer < 0) return;
  if (count == VIEWERS_MAX) {
    close(viewer);
    return;
  }
  setsockopt(viewer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = viewer};
  epoll_ctl(epoll, EPOLL_CTL_ADD, viewer, &event);
  framed[count] = is_framed;
  viewers[count++] = viewer;
}

static void answer(int viewer, int web_socket_port) {
  char bytes[1024];
  ssize_t length = read(viewer, bytes, sizeof bytes);
  if (length <= 0) {
    for (int i = 0; i < count; i++)
      if (viewers[i] == viewer) {
        viewers[i] = viewers[--count];
        framed[i] = framed[count];
        break;
      }
    close(viewer);
    return;
  }
  struct sockaddr_in own;
  socklen_t size = sizeof own;
  getsockname(viewer, (struct sockaddr *)&own, &size);
  int is_framed = ntohs(own.sin_port) == web_socket_port, skipped = is_framed ? 0 : 2;
  if (bytes[0] == 'G') length = write(viewer, UPGRADED, sizeof UPGRADED - 1);
  else length = write(viewer, ANSWER + skipped, sizeof ANSWER - skipped);
}

static void publish(const char *payload, size_t length) {
  unsigned char packet[LINE_MAX_BYTES + 64];
  size_t rest = 2 + strlen(TOPIC) + length, at = 4;
  packet[at++] = 0x30;
  packet[at++] = (rest & 127) | 128;
  packet[at++] = rest >> 7;
  packet[at++] = 0;
  packet[at++] = strlen(TOPIC);
  memcpy(packet + at, TOPIC, strlen(TOPIC));
  memcpy(packet + at + strlen(TOPIC), payload, length);
  size_t bytes = 3 + rest;
  packet[0] = 0x82;
  packet[1] = 126;
  packet[2] = bytes >> 8;
  packet[3] = bytes & 255;
  for (int i = 0; i < count; i++) {
    int skipped = framed[i] ? 0 : 4;
    if (write(viewers[i], packet + skipped, bytes + 4 - skipped) < 0) perror("write");
  }
}

int main(void) {
  int epoll = epoll_create1(0), web_socket_port, tcp_port;
  int web_socket = open_listener(epoll, &web_socket_port), tcp = open_listener(epoll, &tcp_port);
  struct epoll_event input = {.events = EPOLLIN, .data.fd = 0}, events[64];
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &input);
  printf("{\"WebSocket\":%d,\"TCP\":%d}\n", web_socket_port, tcp_port);
  fflush(stdout);
  char line[LINE_MAX_BYTES];
  size_t length = 0;
  for (;;) {
    int ready = epoll_wait(epoll, events, 64, -1);
    for (int i = 0; i < ready; i++) {
      int from = events[i].data.fd;
      if (from == web_socket || from == tcp) take(epoll, from, from == web_socket);
      else if (from != 0) answer(from, web_socket_port);
      else {
        ssize_t got = read(0, line + length, sizeof line - length);
        if (got <= 0) return 0;
        length += got;
        for (char *end; (end = memchr(line, '\n', length)) != NULL;) {
          size_t taken = end - line + 1;
          publish(line, taken - 1);
          memmove(line, line + taken, length -= taken);
        }
      }
    }
  }
}
